// Stands in for '@oclif/core' in the bundle: the same exports, without its index, which loads every part of it.
export * as Args from '@oclif/core/args';
export { Command } from '@oclif/core/command';
export { Config, Plugin } from '@oclif/core/config';
export * as Errors from '@oclif/core/errors';
export * as Flags from '@oclif/core/flags';
export { CommandHelp, Help } from '@oclif/core/help';
export { ux } from '@oclif/core/ux';
