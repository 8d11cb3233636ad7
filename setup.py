"""Everything else stands in pyproject.toml; only the optional C of the relay's hot loop has to be declared in code."""

from setuptools import setup

setup(cffi_modules=["media/native/build.py:ffi"])
