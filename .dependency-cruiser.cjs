/** Imports point down: commands → cli → ui → core, commands → domains → core. */
const domains =
  'device|discovery|engine|ssh|supervisor|project|release|sync|logs|tunnel|copy|host|image|emulator';

/** Only `folder` may import `packageName`. */
const onlyHome = (packageName, folder) => ({
  name: `${packageName}-lives-in-${folder.replaceAll('/', '-')}`,
  comment: `${packageName} is imported in src/${folder} alone: call that folder's own interface instead.`,
  severity: 'error',
  from: { path: '^src', pathNot: `^src/${folder}/` },
  to: { path: `node_modules/${packageName}/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Move what both need into a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Delete it, or import it.',
      severity: 'error',
      from: { orphan: true, path: '^src', pathNot: '^src/commands/|\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'core-stands-alone',
      comment: 'core knows words, not things: pass what you need as an argument.',
      severity: 'error',
      from: { path: '^src/core' },
      to: { path: '^src', pathNot: '^src/core' },
    },
    {
      name: 'core-does-no-io',
      comment: 'I/O belongs to a domain; core stays pure.',
      severity: 'error',
      from: { path: '^src/core' },
      to: { path: '^(node:)?(fs|net|dgram|child_process|http|os|tty|readline)(/|$)' },
    },
    {
      name: 'state-knows-core-only',
      comment: 'src/state is files on disk; what they mean belongs to a domain.',
      severity: 'error',
      from: { path: '^src/state' },
      to: { path: '^src', pathNot: '^src/(state|core)' },
    },
    {
      name: 'ui-renders-values',
      comment: 'ui turns values and events into text: import domain types only (import type).',
      severity: 'error',
      from: { path: '^src/ui' },
      to: { path: '^src', pathNot: '^src/(ui|core)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domains-look-down',
      comment: 'A domain gets capabilities as arguments from src/cli; it never imports cli, ui or commands.',
      severity: 'error',
      from: { path: `^src/(${domains})/` },
      to: { path: '^src/(cli|ui|commands)/' },
    },
    {
      name: 'domains-do-not-import-each-other',
      comment:
        'Take the other domain as an argument and `import type` it; wire them in src/cli. (release → project and sync → project, release are the exceptions.)',
      severity: 'error',
      from: { path: `^src/(${domains})/` },
      to: { path: `^src/(${domains})/`, pathNot: ['^src/$1/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-commands',
      comment: 'Move what you need into a domain or into cli.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'no-utils',
      comment: 'Name the folder after what its things are.',
      severity: 'error',
      from: {},
      to: { path: '/utils?/|/helpers?/', pathNot: 'node_modules' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      comment: 'Not bundled and not a dependency: it would be missing after npm install.',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    onlyHome('bonjour-service', 'discovery'),
    onlyHome('multicast-dns', 'discovery'),
    onlyHome('ssh2', 'ssh'),
    onlyHome('@oclif', '(cli|commands)'),
    onlyHome('inquirer', 'cli'),
    onlyHome('tar-stream', 'project'),
    onlyHome('dockerfile-ast', 'project'),
    onlyHome('ajv', 'project'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
