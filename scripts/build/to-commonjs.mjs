// Turns the files of the bundle into CommonJS: Node.js loads that faster than modules, and a command is made of dozens of files.
// esbuild shares code between entries for modules alone, so this is a second step.
import { transform } from 'esbuild';
import fs from 'node:fs';

/** Options of esbuild. What is loaded later is CommonJS too: the loader of src/cli/load/ takes nothing else. */
export const commonJs = { format: 'cjs', supported: { 'dynamic-import': false } };

/** Throws where files of the bundle import each other: CommonJS would see the exports of one before they are there. */
function checkNoCycle(outputs) {
  const importsOf = file =>
    (outputs[file]?.imports ?? [])
      .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
      .map(({ path }) => path);
  const done = new Set();
  const visit = (file, trail) => {
    if (trail.includes(file))
      throw new Error(`files of the bundle import each other: ${[...trail, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of importsOf(file)) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of Object.keys(outputs)) visit(file, []);
}

/** `outputs`: those of esbuild's metafile; `options`: those of the build. */
export async function toCommonJs(outputs, { target, minifySyntax, minifyWhitespace }) {
  checkNoCycle(outputs);
  for (const file of Object.keys(outputs)) {
    const { code } = await transform(fs.readFileSync(file, 'utf8'), {
      ...{ ...commonJs, platform: 'node', target, minifySyntax, minifyWhitespace },
      legalComments: 'none',
    });
    fs.writeFileSync(file, code);
  }
}

/** A module for those who import the package, with the names that the CommonJS file exports. */
export function writeModule(file, { of, names }) {
  fs.writeFileSync(file, `import library from './${of}';\nexport const { ${names.join(', ')} } = library;\n`);
}
