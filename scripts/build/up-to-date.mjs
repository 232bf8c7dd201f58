// Tells whether a build would make what is there already: a build of the same files writes nothing, so that programs that
// run from dist are not disturbed.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const record = '.cache/build.json';
const inputs = ['src', 'scripts/build', 'scripts/build.mjs', 'package.json', 'package-lock.json'];
const outputs = ['dist', 'oclif.manifest.json', '.cache/bundled-packages.json'];

const filesIn = place => {
  if (!fs.existsSync(place)) return [];
  if (!fs.statSync(place).isDirectory()) return [place];
  return fs
    .readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => path.join(entry.parentPath, entry.name))
    .sort();
};

/** One digest of the names and contents of all files in `places`. */
function digestOf(places) {
  const hash = createHash('sha256').update(process.version);
  for (const file of places.flatMap(filesIn)) {
    const content = fs.readFileSync(file);
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Whether the files of the last build are there, unchanged, and made of the sources as they are now. */
export function isUpToDate() {
  let last;
  try {
    last = JSON.parse(fs.readFileSync(record, 'utf8'));
  } catch {
    return false;
  }
  return last.inputs === digestOf(inputs) && last.outputs === digestOf(outputs);
}

/** Call it before the sources are read: what changes during the build is not of it. */
export function beginBuild() {
  fs.rmSync(record, { force: true });
  const sources = digestOf(inputs);
  return function endBuild() {
    fs.mkdirSync(path.dirname(record), { recursive: true });
    fs.writeFileSync(record, JSON.stringify({ inputs: sources, outputs: digestOf(outputs) }));
  };
}
