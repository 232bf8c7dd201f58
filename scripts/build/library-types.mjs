// Declarations of the package's library: those of its entry and of every file that they name, with no type check, which
// `npm run types` does. Declarations need explicit types for whatever they export: TypeScript says where one is missing.
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const compilerOptions = {
  declaration: true,
  isolatedDeclarations: true,
  stripInternal: true,
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
};

const imports = /(\bfrom |\bimport\()(['"])(\.[^'"]+)\.ts\2/g;

/** Without a type check TypeScript declares a method with a computed name a second time, as a property. */
const withoutDoubles = text =>
  text.replace(/^ +(\[Symbol\.\w+\]): \(\) => .*;\n/gm, (line, name) =>
    text.includes(`${name}(): `) ? '' : line,
  );

/** Writes the declarations of `entry` and of what it needs to `outdir`, laid out as the sources are below `base`. */
export function writeDeclarations(entry, { base, outdir }) {
  const queue = [path.resolve(entry)];
  for (const file of queue) {
    const { outputText, diagnostics } = ts.transpileDeclaration(fs.readFileSync(file, 'utf8'), {
      compilerOptions,
      fileName: file,
      reportDiagnostics: true,
    });
    const [problem] = diagnostics ?? [];
    if (problem !== undefined) {
      const text = ts.flattenDiagnosticMessageText(problem.messageText, ' ');
      const line = (problem.file?.getLineAndCharacterOfPosition(problem.start).line ?? 0) + 1;
      throw new Error(`${path.relative('.', file)}:${line}: ${text}`);
    }
    for (const [, , , specifier] of outputText.matchAll(imports)) {
      const next = path.resolve(path.dirname(file), `${specifier}.ts`);
      if (!queue.includes(next)) queue.push(next);
    }
    const target = path.join(outdir, path.relative(base, file).replace(/\.ts$/, '.d.ts'));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, withoutDoubles(outputText).replace(imports, '$1$2$3.js$2'));
  }
}
