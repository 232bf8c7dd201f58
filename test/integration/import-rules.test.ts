import { cruise } from 'dependency-cruiser';
import type { ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser';
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface Rules {
  forbidden: (IForbiddenRuleType & { name: string })[];
  options: Record<string, unknown>;
}

const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as Rules;

const uses = (target: string): string => `import * as it from '${target}'; export const a = it;\n`;
const usesType = (target: string): string =>
  `import type * as it from '${target}'; export type A = typeof it;\n`;

/** Rule → a source tree that it refuses. Every tree also holds what `bystanders` lists. */
const refused: Record<string, Record<string, string>> = {
  'no-cycles': { 'ui/a.ts': uses('./b.ts'), 'ui/b.ts': uses('./a.ts') },
  'no-orphans': { 'ui/alone.ts': 'export const a = 1;\n' },
  'no-barrels': { 'ui/a.ts': uses('./index.ts'), 'ui/index.ts': uses('./b.ts') },
  'no-utils': { 'ui/a.ts': uses('./utils.ts'), 'ui/utils.ts': uses('./b.ts') },
  'kebab-case': { 'ui/a.ts': uses('./camelCase.ts'), 'ui/camelCase.ts': uses('./b.ts') },
  'core-stands-alone': { 'core/a.ts': usesType('../device/b.ts') },
  'core-does-no-io': { 'core/a.ts': uses('node:fs/promises') },
  'state-knows-core-only': { 'state/a.ts': usesType('../device/b.ts') },
  'net-knows-core-only': { 'net/a.ts': usesType('../device/b.ts') },
  'reach-asks-through-functions': { 'reach/a.ts': usesType('../ui/b.ts') },
  'reach-wires-what-reaches-devices': { 'reach/a.ts': uses('../project/b.ts') },
  'domains-do-not-reach': { 'ssh/a.ts': uses('../reach/b.ts'), 'reach/b.ts': 'export const b = 1;\n' },
  'ui-renders-values': { 'ui/a.ts': uses('../device/b.ts') },
  'ui-looks-down': { 'ui/a.ts': usesType('../commands/b.ts') },
  'domains-look-down': { 'device/a.ts': usesType('../ui/b.ts') },
  'domains-do-not-import-each-other': { 'discovery/a.ts': uses('../device/b.ts') },
  'registry-imports-project-alone': { 'registry/a.ts': uses('../device/b.ts') },
  'image-imports-host-alone': { 'image/a.ts': uses('../device/b.ts') },
  'release-imports-project-and-registry-alone': { 'release/a.ts': uses('../device/b.ts') },
  'sync-imports-project-and-release-alone': { 'sync/a.ts': uses('../device/b.ts') },
  'nobody-imports-commands': { 'cli/a.ts': uses('../commands/b.ts') },
  'commands-stand-alone': { 'commands/a.ts': uses('./b.ts') },
  'no-undeclared-package': { 'ssh/a.ts': uses('undeclared') },
  'mdns-has-one-home': { 'cli/a.ts': uses('bonjour-service') },
  'ssh2-has-one-home': { 'discovery/a.ts': usesType('ssh2') },
  'oclif-has-one-home': { 'ssh/a.ts': uses('@oclif/core') },
  'inquirer-has-one-home': { 'commands/a.ts': uses('inquirer') },
  'tar-has-one-home': { 'engine/a.ts': uses('tar-stream') },
  'dockerode-has-one-home': { 'release/a.ts': uses('dockerode') },
  'ajv-has-one-home': { 'release/a.ts': usesType('ajv') },
};

/** What the rules allow. */
const allowed = {
  'cli/a.ts': uses('../ui/b.ts') + uses('../device/b.ts').replaceAll('it', 'that').replace('a =', 'c ='),
  'ui/a.ts': usesType('../device/b.ts'),
  'ssh/a.ts': uses('ssh2'),
  'discovery/a.ts': usesType('../device/b.ts'),
  'sync/a.ts': uses('../project/b.ts'),
  'release/a.ts': uses('../project/b.ts'),
  'commands/a.ts': uses('@oclif/core'),
};

const leaf = 'export const b = 1;\n';
const bystanders = Object.fromEntries(
  ['ui', 'device', 'project', 'commands', 'core'].map(folder => [`${folder}/b.ts`, leaf]),
);

describe('the import rules', () => {
  const temporary: string[] = [];

  /** The names of the rules that a source tree breaks. */
  async function brokenRules(tree: Record<string, string>): Promise<string[]> {
    const base = await mkdtemp(path.join(tmpdir(), 'os-imports-'));
    temporary.push(base);
    const homed = [
      'ssh2',
      'bonjour-service',
      '@oclif/core',
      'inquirer',
      'dockerode',
      'tar-stream',
      'dockerfile-ast',
      'ajv',
    ];
    const packages = [...homed, 'undeclared'];
    const dependencies = Object.fromEntries(packages.slice(0, -1).map(name => [name, '1.0.0']));
    const files: Record<string, string> = {
      'package.json': JSON.stringify({ type: 'module', dependencies }),
      ...Object.fromEntries(
        packages.flatMap(name => [
          [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'main.js' })],
          [`node_modules/${name}/main.js`, ''],
        ]),
      ),
      ...Object.fromEntries(
        Object.entries({ ...bystanders, ...tree }).map(([file, text]) => [`src/${file}`, text]),
      ),
    };
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(base, file)), { recursive: true });
      await writeFile(path.join(base, file), text);
    }
    const { tsConfig, ...rest } = options;
    assert.ok(tsConfig);
    const { output } = await cruise(['src'], {
      ...rest,
      baseDir: base,
      validate: true,
      ruleSet: { forbidden },
    });
    const { violations } = (output as ICruiseResult).summary;
    return [...new Set(violations.map(({ rule }) => rule.name))];
  }

  after(async () => {
    for (const folder of temporary) await rm(folder, { recursive: true });
  });

  it('are each proved here', () => {
    assert.deepEqual(Object.keys(refused).sort(), forbidden.map(({ name }) => name).sort());
  });

  for (const [rule, tree] of Object.entries(refused))
    it(`refuse ${Object.keys(tree)[0] ?? ''} by ${rule}`, async () => {
      assert.ok((await brokenRules(tree)).includes(rule));
    });

  it('allow what points down', async () => {
    const broken = await brokenRules(allowed);
    assert.deepEqual(
      broken.filter(rule => rule !== 'no-orphans'),
      [],
    );
  });
});
