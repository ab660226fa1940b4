-- A single walk covers the span as a rule; only where none does they are put together. What was refused for
-- good, and of which nothing was ever read, is of an account that has no part in it.
select
    scopes.interval_id,
    scopes.requirement,
    scopes.stream,
    scopes.scope,
    scopes.cut_axis,
    exists (
        select from {{ ref('int_coverage') }} as coverage
        where
            coverage.reader_id = scopes.reader_id
            and coverage.stream = scopes.stream
            and coverage.scope = scopes.scope
            and coverage.as_of >= scopes.read_at_or_after
            and coverage.proven @> tstzrange(scopes.needed_from, scopes.needed_to)
    )
    or coalesce(
        (
            select range_agg(coverage.proven) @> tstzrange(scopes.needed_from, scopes.needed_to)
            from {{ ref('int_coverage') }} as coverage
            where
                coverage.reader_id = scopes.reader_id
                and coverage.stream = scopes.stream
                and coverage.scope = scopes.scope
                and coverage.as_of >= scopes.read_at_or_after
        ),
        false
    ) as is_covered
from {{ ref('int_required_scopes') }} as scopes
left join {{ ref('int_refusals') }} as refused
    on
        scopes.reader_id = refused.reader_id
        and scopes.stream = refused.stream
        and scopes.scope = refused.scope
        and scopes.last_day <= refused.last_day
where refused.stream is null
