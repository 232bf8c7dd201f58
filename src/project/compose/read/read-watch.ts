import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { localPath } from '../../local-path.ts';
import { watchActions, type WatchExec, type WatchRule } from '../../service.ts';
import type { Cursor } from '../../yaml/cursor.ts';
import { readCommand } from './read-lifecycle.ts';

/** Reads `develop.watch`, whose rules are tried in their order. */
export function readWatch(service: Cursor): WatchRule[] {
  const isBuilt = service.at('build').isPresent;
  return service
    .at('develop', 'watch')
    .items()
    .flatMap(rule => readRule(rule, { isBuilt }) ?? []);
}

function readRule(rule: Cursor, { isBuilt }: { readonly isBuilt: boolean }): WatchRule | undefined {
  const [place, target, exec] = [rule.at('path'), rule.at('target'), rule.at('exec')];
  const written = rule.at('action').text();
  const action = watchActions.find(it => it === written);
  const directory = followLink(localPath(rule.place.baseDirectory, place.text() ?? '.'));
  // The schema has reported the fault.
  if (action === undefined) return undefined;
  const syncs = action.startsWith('sync');
  if (syncs && !target.isPresent)
    rule.fail(`${action} needs a "target": where in the container the files go`);
  if (!syncs && target.isPresent) target.warn(`means nothing with ${action}, which puts no file anywhere`);
  if (action === 'sync+exec' && !exec.isPresent) rule.fail('sync+exec needs an "exec": what is to be run');
  if (action !== 'sync+exec' && exec.isPresent) exec.fail(`is run by sync+exec alone, and this is ${action}`);
  if (action === 'rebuild' && !isBuilt) rule.fail('there is nothing to rebuild: the service has no "build"');
  if (!existsSync(directory)) place.warn(`there is no ${directory}`);
  return {
    action,
    path: directory,
    target: target.text(),
    exec: action === 'sync+exec' ? readExec(exec) : undefined,
    ignore: rule.at('ignore').texts(),
    include: rule.at('include').texts(),
    isSyncedAtStart: rule.at('initial_sync').bool(),
  };
}

/** A link is replaced by its target. */
const followLink = (file: string): string =>
  lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true
    ? path.resolve(path.dirname(file), readlinkSync(file))
    : file;

function readExec(exec: Cursor): WatchExec {
  return {
    command: readCommand(exec.at('command')) ?? [],
    user: exec.at('user').text(),
    workingDirectory: exec.at('working_dir').text(),
    environment: exec.at('environment').record(),
    isPrivileged: exec.at('privileged').bool() ?? false,
  };
}
