// A workbook saved by SheetJS and by exceljs: `node save.mjs IN OUT_FOLDER`. See test_foreign_writers.py.
import { readFileSync, writeFileSync } from "node:fs";
import exceljs from "exceljs";
import sheetjs from "xlsx";

const [source, folder] = process.argv.slice(2);
const options = { cellFormula: true, cellNF: true, cellStyles: true, sheetStubs: true };
for (const [name, how] of [["SheetJS", {}], ["SheetJS 共享文字", { bookSST: true }]]) {
  const book = sheetjs.read(readFileSync(source), options);
  writeFileSync(`${folder}/${name}.xlsx`, sheetjs.write(book, { type: "buffer", bookType: "xlsx", ...how }));
}
const book = new exceljs.Workbook();
await book.xlsx.readFile(source);
await book.xlsx.writeFile(`${folder}/exceljs.xlsx`);
