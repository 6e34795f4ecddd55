"""Who may come in, and what may they do: passwords, second factor, sessions kept on the server, roles."""
