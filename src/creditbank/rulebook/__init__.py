"""Rulebooks (学分管理办法): what they consist of, how they are read, and the ones that ship."""
