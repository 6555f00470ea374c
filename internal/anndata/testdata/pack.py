"""Packs what files.py wrote: python pack.py FOLDER."""

import os
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))

with zipfile.ZipFile(os.path.join(HERE, "files.zip"), "w", zipfile.ZIP_DEFLATED) as z:
    for name in sorted(os.listdir(sys.argv[1])):
        z.write(os.path.join(sys.argv[1], name), name)
