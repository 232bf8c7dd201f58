/** The Dockerfile of a build for live sync: each directive is replaced on its own line. */
import { findNearest } from '../../core/nearest.ts';
import type { Build } from '../build.ts';
import { Problems } from '../problem.ts';
import { checkClassicBuilder, placesIn } from './check-classic.ts';
import {
  carryOut,
  directiveNames,
  findDirectiveComments,
  findLiveDirectives,
  type LiveDirective,
} from './live-directives.ts';
import { parseDockerfile, type ParsedDockerfile } from './parse/parse-dockerfile.ts';

/** Returns `build` for live sync, or `build` itself if it has no directives. */
export function toLiveBuild(build: Build, problems: Problems): Build {
  const { dockerfile, args: buildArgs, place } = build;
  const { text } = dockerfile;
  const parsed = parseDockerfile(text);
  const placeAt = placesIn(dockerfile);
  for (const { name, line, column } of findDirectiveComments(text))
    if (!directiveNames.some(it => it === name)) {
      const nearest = findNearest(name, directiveNames);
      const hint =
        nearest === undefined ? `live sync knows ${directiveNames.join(', ')}` : `is it ${nearest}?`;
      problems.warn(placeAt(line, column), `#${name}`, `is a comment like any other: ${hint}`);
    }
  const directives = withinTarget(findLiveDirectives(text), parsed, build.target);
  if (directives.length === 0) return build;
  const wrong = directives.filter((it, i) => {
    const problem = findProblem(it, directives.slice(0, i), parsed);
    if (problem !== undefined) problems.add(placeAt(it.line, it.column), `#${it.name}`, problem);
    return problem !== undefined;
  });
  if (wrong.length > 0) return build;
  const command = directives.find(({ name }) => name === 'dev-cmd-live');
  const end = command && endOfStage(parsed, command.line);
  const liveText = rewrite(text, { parsed, directives, command, end });
  const found = new Problems();
  checkClassicBuilder(parseDockerfile(liveText), { placeAt, buildArgs, place }, found);
  for (const { place: at, subject, message, hint } of found.errors) problems.add(at, subject, message, hint);
  const isSame = liveText === text;
  return {
    ...build,
    // The live Dockerfile ends with the live command's stage.
    target: end === undefined || stageLine(parsed, build.target) < end ? build.target : undefined,
    dockerfile: {
      ...dockerfile,
      text: liveText,
      liveOf: dockerfile,
      nameInContext: isSame ? dockerfile.nameInContext : undefined,
    },
  };
}

/** The line on which the stage begins that `target` names; the last one without a target. */
function stageLine({ stages }: ParsedDockerfile, target: string | undefined): number {
  const wanted = target?.toLowerCase();
  const named = stages.find(({ name }, i) => name === wanted || i.toString() === wanted);
  return (wanted === undefined ? stages.at(-1) : named)?.line ?? Number.MAX_SAFE_INTEGER;
}

/** The line on which the next stage begins after `line`. */
const endOfStage = ({ stages }: ParsedDockerfile, line: number): number | undefined =>
  stages.find(it => it.line > line)?.line;

/** Those of the stages that are built. */
function withinTarget(
  directives: readonly LiveDirective[],
  parsed: ParsedDockerfile,
  target: string | undefined,
): LiveDirective[] {
  const command = directives.find(({ name }) => name === 'dev-cmd-live');
  const last = endOfStage(parsed, stageLine(parsed, target)) ?? Number.MAX_SAFE_INTEGER;
  const live = (command && endOfStage(parsed, command.line)) ?? Number.MAX_SAFE_INTEGER;
  return directives.filter(({ line }) => line < Math.min(last, live));
}

function findProblem(
  { name, value, line }: LiveDirective,
  before: readonly LiveDirective[],
  { instructions, stages, escape }: ParsedDockerfile,
): string | undefined {
  const around = instructions.find(it => it.line < line && it.endLine > line);
  if (around !== undefined)
    return `stands within ${around.keyword} of line ${around.line.toString()}: put it before or after`;
  if (line < (stages[0]?.line ?? 0)) return 'stands before the first FROM, where there is no image yet';
  if (name === 'livecmd-marker') return undefined;
  if (value === '') return 'says nothing after the =';
  if (value.endsWith(escape)) return `ends in ${escape}, and has to be one line`;
  const words = value.startsWith('[')
    ? value.split(',')
    : value.split(/\s+/).filter(it => !it.startsWith('--'));
  if (name === 'dev-copy' && words.length < 2)
    return 'needs what to copy, and where to: #dev-copy=FILE /there/';
  if (name === 'dev-env' && words.length < 2 && !value.includes('='))
    return 'needs a value: #dev-env=NAME=VALUE';
  const first = before.find(it => it.name === name);
  if (name === 'dev-cmd-live' && first !== undefined)
    return `is there twice, first on line ${first.line.toString()}: one command runs`;
  return undefined;
}

interface Rewriting {
  readonly parsed: ParsedDockerfile;
  readonly directives: readonly LiveDirective[];
  readonly command: LiveDirective | undefined;
  readonly end: number | undefined;
}

/** With a live command, later RUN, later stages and every other CMD are dropped. */
function rewrite(text: string, { parsed, directives, command, end }: Rewriting): string {
  const lines = text.split('\n');
  const comment = (from: number, to: number): void => {
    for (let line = from; line <= to; line++) lines[line - 1] = `#${lines[line - 1] ?? ''}`;
  };
  if (command !== undefined) {
    const last = (end ?? lines.length + 1) - 1;
    for (const { keyword, line, endLine } of parsed.instructions)
      if (line <= last && (keyword === 'CMD' || (keyword === 'RUN' && line > command.line)))
        comment(line, endLine);
    comment(last + 1, lines.length);
  }
  for (const directive of directives) {
    const ending = lines[directive.line - 1]?.endsWith('\r') === true ? '\r' : '';
    const line = carryOut(directive);
    if (line !== undefined) lines[directive.line - 1] = line + ending;
  }
  return lines.join('\n');
}
