"""What an artist does in each host: open documents, select, undo; by the test driver or the keyboard."""

from __future__ import annotations

import time
from typing import Protocol

from hosts.program import HostProgram, wait_until

WIDTH, HEIGHT = 300, 200
Place = tuple[int, int, int, int]  # x, y, width, height
ELLIPSE: Place = (60, 50, 120, 80)
FEATHER = 12


class Artist(Protocol):
    """The same acts in GIMP and in Krita."""

    program: HostProgram
    formats: list[tuple[str, str, str]]  # (sample of the panel's format, the host's precision, profile)

    def new_document(self, precision: str, profile: str) -> None:
        """A gradient of 300x200 px in a window, in front."""
        ...

    def open_photo(self, path: str) -> None:
        """Open a picture file in a window."""
        ...

    def open_by_hand(self, path: str) -> None:
        """Open a picture file as an artist does, so that the host knows the document by its file."""
        ...

    def select_ellipse(self, place: Place = ELLIPSE) -> None:
        """A feathered ellipse."""
        ...

    def save_selection(self, name: str) -> None:
        """Keep the selection in the document."""
        ...

    def layer_names(self) -> list[str]:
        """Topmost first, masks left out."""
        ...

    def top_color(self, x: int, y: int) -> list[int]:
        """Red, green and blue of a pixel of the topmost layer, 0..255; it fills an 8-bit sRGB canvas."""
        ...

    def undo(self) -> None:
        """One step back."""
        ...

    def redo(self) -> None:
        """One step forth."""
        ...

    def undo_name(self) -> str:
        """What the next undo would take back, as the host names it; "" where it does not tell."""
        ...

    def grow_canvas(self) -> None:
        """Make the canvas larger."""
        ...

    def precision_and_profile(self) -> tuple[str, str]:
        """As the host names them."""
        ...

    def provenance(self) -> list[str]:
        """What is stored with layers, in any order."""
        ...

    def close_document(self) -> None:
        """Without saving."""
        ...


class GimpArtist:
    """GIMP has no call for undo: the keyboard does it."""

    formats = [  # noqa: RUF012 (never changed)
        ("u8", "u8-non-linear", "srgb"),
        ("u16", "u16-non-linear", "adobe"),
        ("u16", "u16-linear", "adobe"),
        ("u32", "u32-non-linear", "srgb"),
        ("f16", "half-linear", "srgb"),
        ("f32", "float-linear", "adobe"),
        ("f32", "float-non-linear", "adobe"),
    ]

    def __init__(self, program: HostProgram) -> None:
        self.program = program
        program.run(
            "def gradient(image):\n"
            "    layer = Gimp.Layer.new(image, 'base', image.get_width(), image.get_height(),\n"
            "                           Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)\n"
            "    image.insert_layer(layer, None, 0)\n"
            "    data = bytes(v for y in range(200) for x in range(300) for v in (x * 255 // 299, y, 90))\n"
            "    buffer = layer.get_buffer()\n"
            "    buffer.set(Gegl.Rectangle.new(0, 0, 300, 200), \"R'G'B' u8\", data)\n"
            "    buffer.flush(); layer.update(0, 0, 300, 200)\n"
        )

    def new_document(self, precision: str, profile: str) -> None:
        name = precision.upper().replace("-", "_")
        color = "image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())" if profile == "adobe" else ""
        self.program.run(
            f"image = Gimp.Image.new_with_precision({WIDTH}, {HEIGHT}, Gimp.ImageBaseType.RGB,"
            f" Gimp.Precision.{name})\n{color}\ngradient(image)\n"
            "image.undo_disable(); image.undo_enable()\ndisplay = Gimp.Display.new(image)\n"
        )

    def open_photo(self, path: str) -> None:
        self.program.run(
            f"image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path({path!r}))\n"
            "display = Gimp.Display.new(image)\n"
        )

    def open_by_hand(self, path: str) -> None:
        """In the dialog: to an image that a plug-in opens GIMP gives no file."""
        screen = self.program.screen
        known = "[image.get_id() for image in Gimp.get_images() if image.get_imported_file()]"
        before = self.program.run(f"result = {known}")
        main = screen.window(".* GIMP$|GNU Image Manipulation Program")
        screen.xdotool("windowactivate", "--sync", main, "key", "ctrl+o")
        screen.xdotool("windowactivate", "--sync", screen.window("Open Image"))
        screen.xdotool("key", "ctrl+l", "ctrl+a")
        screen.xdotool("type", "--delay", "20", path)

        def is_accepted() -> bool:  # not while the dialog is still looking for how the name may go on
            screen.xdotool("key", "Return")
            time.sleep(1)
            return not screen.windows("Open Image")

        wait_until(is_accepted, 30, "the end of the dialog")
        wait_until(lambda: len(self.program.run(f"result = {known}")) > len(before), 30, f"opening {path}")
        self.program.run(
            f"number = next(number for number in {known} if number not in {before})\n"
            "image = Gimp.Image.get_by_id(number)\n"
            "found = [Gimp.Display.get_by_id(i) for i in range(1, 64)]\n"
            "display = [each for each in found if each is not None and each.is_valid()][-1]"
        )

    def select_ellipse(self, place: Place = ELLIPSE) -> None:
        x, y, width, height = place
        self.program.run(
            f"image.select_ellipse(Gimp.ChannelOps.REPLACE, {x}, {y}, {width}, {height})\n"
            f"Gimp.Selection.feather(image, {FEATHER}); Gimp.displays_flush()\n"
        )

    def save_selection(self, name: str) -> None:
        self.program.run(f"Gimp.Selection.save(image).set_name({name!r})")

    def layer_names(self) -> list[str]:
        return self.program.run("result = [layer.get_name() for layer in image.get_layers()]")

    def top_color(self, x: int, y: int) -> list[int]:
        return self.program.run(
            f"place = Gegl.Rectangle.new({x}, {y}, 1, 1)\nbuffer = image.get_layers()[0].get_buffer()\n"
            "result = list(buffer.get(place, 1.0, \"R'G'B' u8\", Gegl.AbyssPolicy.NONE))"
        )

    def undo(self) -> None:
        self._press("ctrl+z")

    def redo(self) -> None:
        self._press("ctrl+y")

    def undo_name(self) -> str:
        return ""  # GIMP has no call for it

    def _press(self, keys: str) -> None:
        window = self.program.screen.window(".* GIMP$")
        self.program.screen.xdotool("windowactivate", "--sync", window, "key", keys)
        time.sleep(0.5)  # GIMP tells nobody when it is done

    def grow_canvas(self) -> None:
        self.program.run("image.resize(340, 200, 0, 0)")

    def precision_and_profile(self) -> tuple[str, str]:
        nick, label = self.program.run(
            "result = [image.get_precision().value_nick, image.get_effective_color_profile().get_label()]"
        )
        return nick, label

    def provenance(self) -> list[str]:
        return self.program.run(
            "found = [l.get_parasite('mgie-provenance') for g in image.get_layers()"
            " for l in [g] + (list(g.get_children()) if g.is_group() else [])]\n"
            "result = [bytes(p.get_data()).decode() for p in found if p]"
        )

    def close_document(self) -> None:
        self.program.run("display.delete() if display.is_valid() else None")


class KritaArtist:
    """Krita's own actions do the undo, once its strokes have ended."""

    formats = [  # noqa: RUF012 (never changed)
        ("u8", "U8", "sRGB-elle-V2-srgbtrc.icc"),
        ("u16", "U16", "LargeRGB-elle-V2-g22.icc"),
        ("f16", "F16", "sRGB-elle-V2-g10.icc"),
        ("f32", "F32", "Rec2020-elle-V4-g10.icc"),
    ]

    def __init__(self, program: HostProgram) -> None:
        self.program = program

    def new_document(self, precision: str, profile: str) -> None:
        self.program.run(
            f"doc = app.createDocument({WIDTH}, {HEIGHT}, 'test', 'RGBA', 'U8',"
            " 'sRGB-elle-V2-srgbtrc.icc', 72.0)\n"
            "doc.setBatchmode(True)\nbase = doc.topLevelNodes()[0]\n"
            "data = bytes(v for y in range(200) for x in range(300) for v in (90, y, x * 255 // 299, 255))\n"
            "base.setPixelData(QtCore.QByteArray(data), 0, 0, 300, 200)\n"
            f"doc.setColorSpace('RGBA', {precision!r}, {profile!r})\n"
            "doc.refreshProjection(); doc.waitForDone()\n"
            "app.activeWindow().addView(doc); app.setActiveDocument(doc); doc.waitForDone()\n"
        )
        self._settle()

    def open_photo(self, path: str) -> None:
        self.program.run(
            f"doc = app.openDocument({path!r}); doc.setBatchmode(True)\n"
            "app.activeWindow().addView(doc); app.setActiveDocument(doc); doc.waitForDone()\n"
        )
        self._settle()

    def open_by_hand(self, path: str) -> None:
        self.open_photo(path)

    def select_ellipse(self, place: Place = ELLIPSE) -> None:
        x, y, width, height = place
        self.program.run(
            f"s = krita.Selection(); rx, ry = {width} / 2, {height} / 2\n"
            f"data = bytes(255 if ((i + .5 - rx) / rx) ** 2 + ((j + .5 - ry) / ry) ** 2 <= 1 else 0"
            f" for j in range({height}) for i in range({width}))\n"
            f"s.setPixelData(QtCore.QByteArray(data), {x}, {y}, {width}, {height})\n"
            f"s.feather({FEATHER}); doc.setSelection(s); doc.waitForDone()\n"
        )

    def save_selection(self, name: str) -> None:
        self.program.run(
            f"m = doc.createSelectionMask({name!r}); m.setSelection(doc.selection())\n"
            "doc.topLevelNodes()[0].addChildNode(m, None); doc.waitForDone()\n"
            "doc.setSelection(None); doc.waitForDone()\n"
        )

    def layer_names(self) -> list[str]:
        return self.program.run(
            "doc.waitForDone()\n"
            "result = [n.name() for n in doc.topLevelNodes()[::-1] if not n.type().endswith('mask')]"
        )

    def top_color(self, x: int, y: int) -> list[int]:
        return self.program.run(
            "doc.waitForDone(); nodes = [n for n in doc.topLevelNodes() if not n.type().endswith('mask')]\n"
            f"result = list(bytes(nodes[-1].pixelData({x}, {y}, 1, 1)))[2::-1]"
        )

    def undo(self) -> None:
        self.program.run("app.action('edit_undo').trigger(); doc.waitForDone()")
        self._settle()

    def redo(self) -> None:
        self.program.run("app.action('edit_redo').trigger(); doc.waitForDone()")
        self._settle()

    def undo_name(self) -> str:
        return self.program.run("a = app.action('edit_undo'); result = a.text() if a.isEnabled() else ''")

    def _settle(self) -> None:
        self.program.run("doc.waitForDone()")
        time.sleep(0.3)  # Krita updates its documents in threads of its own
        self.program.run("doc.waitForDone()")

    def grow_canvas(self) -> None:
        self.program.run("doc.resizeImage(0, 0, 340, 200); doc.waitForDone()")

    def precision_and_profile(self) -> tuple[str, str]:
        depth, profile = self.program.run("result = [doc.colorDepth(), doc.colorProfile()]")
        return depth, profile

    def provenance(self) -> list[str]:
        return self.program.run(
            "result = [bytes(doc.annotation(t)).decode() for t in doc.annotationTypes()"
            " if t.startswith('mgie-provenance/')]"
        )

    def close_document(self) -> None:
        """From the event loop and at rest, as by a click: threads of Krita may be at work on it."""
        if self.program.run("result = any(d == doc for d in app.documents())"):
            self._settle()
            self.program.run("doc.setModified(False); QtCore.QTimer.singleShot(0, doc.close)")


def artist_of(program: HostProgram) -> Artist:
    """Who works with this program."""
    return GimpArtist(program) if program.name == "gimp" else KritaArtist(program)


def wait_for_documents(program: HostProgram, count: int) -> None:
    """Until the adapter sees so many documents."""
    host = program.connect(role="probe")
    wait_until(lambda: len(host.state().documents) == count, 20, f"{count} open documents")
    host.close()
