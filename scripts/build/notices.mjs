import fs from 'node:fs';
import path from 'node:path';

/** Writes the licences of every package that ended up in the bundle, as they ask for. */
export function writeNotices(metafile, file) {
  const folders = new Set();
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  const notices = [...folders].sort().map(folder => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const licence = fs.readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
    const text =
      licence === undefined ? `Licence: ${license}` : fs.readFileSync(path.join(folder, licence), 'utf8');
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  fs.writeFileSync(file, notices.join(`\n${'-'.repeat(80)}\n\n`));
}
