"""Providers: each turns a request into one outside thing that serves models. Take what you need from its module."""
