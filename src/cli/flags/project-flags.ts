/** Flags of commands that read a project and talk to an engine. */
import { Args, Flags } from '@oclif/core';
import { severalForms } from './several-flags.ts';

const device = 'address, host name or UUID of the device, with an optional :port of its engine';

export const deviceArg = Args.string({ description: device });

export const devicesArg = Args.string({ description: `${device}; ${severalForms}` });

export const engineFlags = {
  via: Flags.option({ options: ['tcp', 'ssh'] as const })({
    default: 'tcp' as const,
    description: "way to the device's engine: its TCP port, or its socket through SSH",
  }),
  'engine-port': Flags.integer({ description: 'TCP port of the engine', min: 1, max: 65_535 }),
  identity: Flags.string({ char: 'i', description: 'private key for --via ssh', helpValue: 'FILE' }),
};

/** The flags of `engineFlags`, for commands that find out themselves which way is open. */
export const eitherWayFlags = {
  via: Flags.option({ options: ['tcp', 'ssh'] as const })({
    description: "way to the device's engine: its TCP port, or its socket through SSH; default: what is open",
  }),
  'engine-port': engineFlags['engine-port'],
  identity: Flags.string({ char: 'i', description: 'private key to log in with', helpValue: 'FILE' }),
};

const file = {
  multiple: true,
  multipleNonGreedy: true,
  description: 'compose file; repeatable, later ones override',
  helpValue: 'FILE',
} as const;

export const projectFlags = {
  source: Flags.directory({
    char: 's',
    default: '.',
    exists: false,
    description: 'directory of the project',
    helpValue: 'DIR',
  }),
  file: Flags.string({ char: 'f', ...file }),
  dockerfile: Flags.string({
    description: 'Dockerfile, relative to the source directory',
    helpValue: 'FILE',
  }),
  project: Flags.string({ description: "the project's name; default: the directory's", helpValue: 'NAME' }),
  'env-file': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'file of variables for the compose files; in a project without them, for the service',
    helpValue: 'FILE',
  }),
  profile: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'profile to enable; repeatable',
    helpValue: 'NAME',
  }),
};

export const releaseFlags = {
  service: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'only this service and what it depends on; repeatable',
    helpValue: 'NAME',
  }),
  env: Flags.string({
    char: 'e',
    multiple: true,
    multipleNonGreedy: true,
    description: 'variable for every service, or for one; repeatable',
    helpValue: '[SERVICE:]KEY=VALUE',
  }),
  'build-arg': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'build argument; repeatable',
    helpValue: 'KEY=VALUE',
  }),
  'no-cache': Flags.boolean({
    description: "build without the engine's cache, e.g. after only a build secret has changed",
  }),
  'no-delta': Flags.boolean({
    description:
      'send the whole context and build in full, instead of sending what changed since the last build',
  }),
  'build-on': Flags.option({ options: ['device', 'local'] as const })({
    description:
      "where images are built; local: by this machine's Docker, and the device gets the layers that it lacks",
  }),
  pull: Flags.boolean({ description: 'look for newer base images first' }),
  'registry-secrets': Flags.string({
    char: 'R',
    description:
      "file of logins of registries, YAML or JSON; they come before those of Docker's configuration",
    helpValue: 'FILE',
  }),
};

/** The runner of a project. */
export const runnerFlags = {
  runner: Flags.option({ options: ['engine', 'supervisor'] as const })({
    description:
      'what runs the containers; default: runner in os.yml, else what runs the project already, else the engine',
  }),
  'take-over': Flags.boolean({
    description:
      'move the project and its volumes to that runner, and replace its containers that another tool made',
  }),
  'no-copy-volumes': Flags.boolean({
    description: 'with --take-over: copy no data of volumes',
    dependsOn: ['take-over'],
  }),
};

export const forceFlag = Flags.boolean({
  description: 'override update locks of services that a supervisor runs',
});

/** Flags of commands for a project that a device already runs. */
export const runningFlags = {
  project: projectFlags.project,
  source: projectFlags.source,
  file: projectFlags.file,
  ...engineFlags,
};

/** In the place of one project. */
export const everyProjectFlag = Flags.boolean({
  char: 'a',
  description: 'every project',
  exclusive: ['project', 'file'],
});

/** For commands whose -f is --follow. */
export const longFileFlag = Flags.string(file);

export const graceFlag = Flags.integer({
  char: 't',
  description: 'seconds until a service that does not stop is killed',
  min: 0,
  helpValue: 'SECONDS',
});
