"""The document that an official reviews and signs: each rule in words, English and Chinese, with its worked cases."""
