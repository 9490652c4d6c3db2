"""``python -m tools.pages FOLDER``: write all pages of the site into a folder."""

from argparse import ArgumentParser
from pathlib import Path

from . import write

parser = ArgumentParser(description="Write all pages of the site into a folder, which is replaced.")
parser.add_argument("folder", type=Path)
write(parser.parse_args().folder)
