// Run a program of this folder once for each case, in one process; prints what each caller gets, or its error, as JSON.
// Arguments: the path of the program, and the cases.
import { pathToFileURL } from "node:url";

const [node, , program, ...cases] = process.argv;
const print = console.log;
const results = [];
for (const [place, given] of cases.entries()) {
  process.argv = [node, program, given];
  let printed = "";
  console.log = (text) => (printed = String(text));
  try {
    await import(`${pathToFileURL(program)}?${place}`);
    results.push({ embeddings: JSON.parse(printed) });
  } catch (error) {
    results.push({ error: `${error?.constructor?.name}: ${error?.message}`.slice(0, 300) });
  }
}
print(JSON.stringify(results));
