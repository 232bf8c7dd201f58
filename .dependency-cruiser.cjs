/** Imports point down: commands → cli → ui → core, commands → domains → core. test/integration/import-rules.test.ts proves each rule. */
const domains =
  'registry|device|discovery|engine|ssh|supervisor|project|release|sync|logs|tunnel|copy|host|image|emulator|doctor|top|docker-context';

/** Only `folders` may import `packages`. */
const onlyHome = (name, packages, folders) => ({
  name: `${name}-has-one-home`,
  comment: `${name} is imported in src/${folders} alone: call that folder's own interface instead.`,
  severity: 'error',
  from: { path: '^src', pathNot: `^src/(${folders})/` },
  to: { path: `node_modules/(@types/)?(${packages})/` },
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
      from: { orphan: true, path: '^src', pathNot: '^src/commands/|^src/supervisor/|\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'no-barrels',
      comment: 'Import the file that defines it.',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^src/[^.]+/index\\.ts$' },
    },
    {
      name: 'no-utils',
      comment: 'Name the folder after what its things are.',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '/(utils?|helpers?|common|misc)(/|\\.ts$)', pathNot: 'node_modules' },
    },
    {
      name: 'kebab-case',
      comment: 'Files and folders are named like-this.ts.',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^src', pathNot: '^[a-z0-9/-]+\\.ts$' },
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
      to: { path: '^(node:)?(fs|net|dgram|child_process|http|https|os|tty|readline)(/|$)' },
    },
    {
      name: 'state-knows-core-only',
      comment: 'src/state is files on disk; what they mean belongs to a domain.',
      severity: 'error',
      from: { path: '^src/state' },
      to: { path: '^src', pathNot: '^src/(state|core)' },
    },
    {
      name: 'net-knows-core-only',
      comment: 'src/net is protocol facts and sockets; what they mean of a device belongs to a domain.',
      severity: 'error',
      from: { path: '^src/net/' },
      to: { path: '^src', pathNot: '^src/(net|core)/' },
    },
    {
      name: 'reach-asks-through-functions',
      comment: 'Take what asks or tells a person from ReachContext; cli gives the real functions.',
      severity: 'error',
      from: { path: '^src/reach/' },
      to: { path: '^src/(cli|ui|commands)/' },
    },
    {
      name: 'reach-wires-what-reaches-devices',
      comment: 'A connection needs no project, release or session: what works on one belongs to cli/verbs.',
      severity: 'error',
      from: { path: '^src/reach/' },
      to: {
        path: '^src/',
        pathNot: '^src/(reach|device|discovery|ssh|engine|supervisor|emulator|host|net|state|files|core)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'domains-do-not-reach',
      comment: 'Take the connection as an argument and `import type` it; src/cli opens it with src/reach.',
      severity: 'error',
      from: { path: `^src/(${domains})/` },
      to: { path: '^src/reach/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'ui-renders-values',
      comment: 'ui turns values and events into text: import domain types only (import type).',
      severity: 'error',
      from: { path: '^src/ui' },
      to: { path: '^src', pathNot: '^src/(ui|core)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'ui-looks-down',
      comment: 'A result that is shown is a type of its domain; cli calls ui, never the reverse.',
      severity: 'error',
      from: { path: '^src/ui/' },
      to: { path: '^src/(cli|commands)/' },
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
      comment: 'Take the other domain as an argument and `import type` it; wire them in src/cli.',
      severity: 'error',
      from: { path: `^src/(${domains})/`, pathNot: '^src/(reach|registry|release|sync|image)/' },
      to: { path: `^src/(${domains})/`, pathNot: ['^src/$1/'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'registry-imports-project-alone',
      comment:
        'Of the other domains, registry builds on project (YAML with places); take the rest as arguments.',
      severity: 'error',
      from: { path: '^src/registry/' },
      to: {
        path: `^src/(${domains})/`,
        pathNot: ['^src/(registry|project)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'image-imports-host-alone',
      comment: 'Of the other domains, image builds on host; take the rest as arguments.',
      severity: 'error',
      from: { path: '^src/image/' },
      to: {
        path: `^src/(${domains})/`,
        pathNot: ['^src/(image|host)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'release-imports-project-and-registry-alone',
      comment: 'Of the other domains, release builds on project and registry; take the rest as arguments.',
      severity: 'error',
      from: { path: '^src/release/' },
      to: {
        path: `^src/(${domains})/`,
        pathNot: ['^src/(release|project|registry)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'sync-imports-project-and-release-alone',
      comment: 'Of the other domains, sync builds on project and release; take the rest as arguments.',
      severity: 'error',
      from: { path: '^src/sync/' },
      to: {
        path: `^src/(${domains})/`,
        pathNot: ['^src/(sync|release|project)/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nobody-imports-commands',
      comment: 'Move what you need into a domain or into cli.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'commands-stand-alone',
      comment: 'A command imports no other command: move what both need into cli.',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'no-undeclared-package',
      comment: 'It is not in package.json: add it, with its exact version.',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    onlyHome('mdns', 'bonjour-service|multicast-dns|dns-packet', 'discovery'),
    onlyHome('ssh2', 'ssh2', 'ssh'),
    onlyHome('oclif', '@oclif/[^/]+', 'cli|commands'),
    onlyHome('inquirer', 'inquirer|@inquirer/[^/]+', 'cli'),
    onlyHome('dockerode', 'dockerode|docker-modem', 'engine'),
    onlyHome('tar', 'tar-stream|tar-fs', 'project|sync|files|release'),
    onlyHome('ajv', 'ajv', 'project'),
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
