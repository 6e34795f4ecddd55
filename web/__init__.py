"""What every page and webhook stands on: the deployment they serve, headers and cookies."""
