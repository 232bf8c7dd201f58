import fs from 'node:fs';
import path from 'node:path';

/** What of which package ended up where: output file → folders of the packages with code in it. */
export function bundledPackages(metafile) {
  const foldersOf = ({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([input]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []);
  return new Map(
    Object.entries(metafile.outputs).map(([file, output]) => [file, [...new Set(foldersOf(output))].sort()]),
  );
}

/** Writes the licences of every package in the bundle, as they ask for. */
export function writeNotices(packages, file) {
  const notices = [...new Set([...packages.values()].flat())].sort().map(folder => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const licence = fs.readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
    const text =
      licence === undefined ? `Licence: ${license}` : fs.readFileSync(path.join(folder, licence), 'utf8');
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  fs.writeFileSync(file, notices.join(`\n${'-'.repeat(80)}\n\n`));
}
