"""`export`: a live account as manifests and row files, such that applying them changes nothing and adopts everything.

    account -> selection -> declared -> documents -> verify -> rows -> files
                               ^____ rejections __________|

What the manifests would do is not guessed: they are written into a folder of their own, loaded, matched with the
account that was read and decided on by the same code as a plan. What differs is declared in another way or left out
with a comment, and they are written again. Only then do the files move to where they are wanted: all of them or none.

Must not know the command line. Nothing here writes to Alice or to the state.
"""

from provisioner.export.files import ExportTarget
from provisioner.export.run import Exported, Exporter, ExportOptions

__all__ = ["ExportOptions", "ExportTarget", "Exported", "Exporter"]
