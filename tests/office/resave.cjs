// A stranger's program (另存): every .xlsx of a folder saved into another, by exceljs, or by SheetJS as .xlsx or .xls.
const fs = require("fs");
const path = require("path");

const [from, to, kind] = process.argv.slice(2);

async function save(source, target) {
  if (kind === "exceljs") {
    const book = new (require("exceljs").Workbook)();
    await book.xlsx.readFile(source);
    await book.xlsx.writeFile(target);
    return;
  }
  const sheetjs = require("xlsx");
  const book = sheetjs.readFile(source, { cellNF: true });
  sheetjs.writeFile(book, target.replace(/\.xlsx$/, "." + kind), { bookType: kind === "xls" ? "biff8" : "xlsx" });
}

(async () => {
  for (const name of fs.readdirSync(from)) await save(path.join(from, name), path.join(to, name));
})();
