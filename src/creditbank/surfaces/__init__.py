"""What people touch: the command line, the importers, the exporters. Nothing imports these."""
