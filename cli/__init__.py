"""WHAT CAN BE TYPED? One file a noun. Commands open one transaction, call one use case and print."""
