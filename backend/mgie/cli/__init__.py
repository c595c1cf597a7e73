"""The `mgie` command. Each subcommand lives in its own module and is imported only when it is called."""
