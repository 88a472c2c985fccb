"""Source: which code can run, and a hash of it that changes when that code does, and only then."""

from recbench.source.closure import Code, Source, code_of

__all__ = ["Code", "Source", "code_of"]
