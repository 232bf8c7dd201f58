/** Flags of commands that read a project and talk to an engine. */
import { Args, Flags } from '@oclif/core';

export const deviceArg = Args.string({
  description: 'address, host name or UUID of the device, with an optional :port of its engine',
});

export const engineFlags = {
  via: Flags.option({ options: ['tcp', 'ssh'] as const })({
    default: 'tcp' as const,
    description: "way to the device's engine: its TCP port, or its socket through SSH",
  }),
  'engine-port': Flags.integer({ description: 'TCP port of the engine', min: 1, max: 65_535 }),
  identity: Flags.string({ char: 'i', description: 'private key for --via ssh', helpValue: 'FILE' }),
};

export const projectFlags = {
  source: Flags.directory({
    char: 's',
    default: '.',
    exists: false,
    description: 'directory of the project',
    helpValue: 'DIR',
  }),
  file: Flags.string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    description: 'compose file; repeatable, later ones override',
    helpValue: 'FILE',
  }),
  dockerfile: Flags.string({
    description: 'Dockerfile, relative to the source directory',
    helpValue: 'FILE',
  }),
  project: Flags.string({ description: "the project's name; default: the directory's", helpValue: 'NAME' }),
  'env-file': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'variables for the compose files; without one, for the service',
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
    description: "build without the engine's cache, as after a build secret alone has changed",
  }),
  pull: Flags.boolean({ description: 'look for newer base images first' }),
  'multi-dockerignore': Flags.boolean({
    char: 'm',
    description: 'as it always is: each service follows the .dockerignore of its own context, and no other',
  }),
  'registry-secrets': Flags.string({
    char: 'R',
    description: "logins of registries, YAML or JSON, before those of Docker's configuration",
    helpValue: 'FILE',
  }),
};
