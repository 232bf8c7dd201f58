/**
 * Names of projects are made to fit, so that the directories `My.App` and `my app` give the same name. What they were
 * before is recorded on what is made, with where it was made from.
 */
import { hostname } from 'node:os';
import path from 'node:path';
import type { Project } from '../../project/project.ts';
import { composeLabels, ourLabels } from './labels.ts';

export interface Origin {
  /** The project's name before it was made to fit: a directory's, or what a person gave. */
  readonly givenName: string;
  /** undefined: not recorded, as for what a supervisor keeps. */
  readonly directory: string | undefined;
  readonly machine: string | undefined;
}

export const toOrigin = ({ givenName, directory }: Pick<Project, 'givenName' | 'directory'>): Origin => ({
  givenName,
  directory,
  machine: hostname(),
});

export const originLabels = ({ givenName, directory, machine }: Origin): Record<string, string> => ({
  [ourLabels.givenName]: givenName,
  ...(machine === undefined ? {} : { [ourLabels.machine]: machine }),
  ...(directory === undefined ? {} : { [composeLabels.workingDirectory]: directory }),
});

/** Reads the labels of a container or volume; undefined if its origin was not recorded. */
export function readOrigin(labels: Readonly<Record<string, string>>): Origin | undefined {
  const {
    [ourLabels.givenName]: givenName = '',
    [composeLabels.workingDirectory]: directory,
    [ourLabels.machine]: machine,
  } = labels;
  return givenName === '' ? undefined : { givenName, directory, machine };
}

/** File systems fold the case of names, and write letters with accents in two ways. */
const fold = (name: string): string => name.normalize('NFC').toLowerCase();

const namesOf = ({ givenName, directory }: Origin): string[] =>
  [givenName, ...(directory === undefined ? [] : [path.basename(directory)])].map(fold);

/**
 * True if both are the same project, as far as anybody can tell: the same directory, or one that is called the same, on
 * whatever machine.
 */
export function isSameOrigin(one: Origin, other: Origin): boolean {
  const names = namesOf(other);
  return namesOf(one).some(name => names.includes(name));
}
