// Turns the modules of a zip into byte code of the Python that will run them: `node compile.mjs IN OUT`.
//
// In the browser, compiling the package anew takes longer than everything else but the start of
// Python itself, and only that very Python can write what it reads back; so it does it here, once.
// No modification times: equal sources give equal bytes.
import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [source, target] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.writeFile("/tmp/source.zip", new Uint8Array(readFileSync(source)));
python.runPython(`
import py_compile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

with ZipFile("/tmp/source.zip") as source, ZipFile("/tmp/target.zip", "w") as target:
    for name in source.namelist():
        held = source.read(name)
        if name.endswith(".py"):
            with open("/tmp/module.py", "wb") as file:
                file.write(held)
            py_compile.compile(
                "/tmp/module.py",
                "/tmp/module.pyc",
                dfile=name,
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
            with open("/tmp/module.pyc", "rb") as file:
                name, held = name + "c", file.read()
        target.writestr(ZipInfo(name), held, ZIP_DEFLATED, compresslevel=9)
`);
writeFileSync(target, python.FS.readFile("/tmp/target.zip"));
