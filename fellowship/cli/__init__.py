"""The command `fellowship`: one module per subcommand, imported only when it is used."""
