// SheetJS as a stranger's program (另存): every .xlsx of a folder saved into another, as .xlsx or as .xls.
const fs = require("fs");
const path = require("path");
const sheetjs = require("xlsx");

const [from, to, kind] = process.argv.slice(2);
for (const name of fs.readdirSync(from)) {
  const book = sheetjs.readFile(path.join(from, name), { cellNF: true });
  const target = path.join(to, name.replace(/\.xlsx$/, "." + kind));
  sheetjs.writeFile(book, target, { bookType: kind === "xls" ? "biff8" : "xlsx" });
}
