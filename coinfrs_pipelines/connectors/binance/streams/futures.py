"""Futures, options and portfolio margin."""

from coinfrs_pipelines.connectors.streams import Stream

STREAMS: tuple[Stream, ...] = ()
