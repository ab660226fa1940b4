"""Cross and isolated margin."""

from coinfrs_pipelines.connectors.streams import Stream

STREAMS: tuple[Stream, ...] = ()
