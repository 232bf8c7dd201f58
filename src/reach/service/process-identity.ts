/**
 * The identity of a program in a container, which its own shell reports before it becomes that program; and how exactly that
 * program is signalled. The engine starts every exec as the leader of a process group of its own (runc, nsexec.c: setsid).
 */
import type { RemoteSignal } from '../../ssh/session.ts';

/** A process in the container's PID namespace: the start time tells it from a later one with the same number. */
export interface ContainerProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc(5)), as text: only equality counts. */
  readonly startTicks: string;
  /** Its stdout and stderr where they are pipes, e.g. `pipe:[4711]`. */
  readonly pipes: readonly string[];
}

/** The identity that a program reported. */
export interface Announcement {
  /** undefined where the container has no /proc: then nothing is ever signalled. */
  readonly process: ContainerProcess | undefined;
}

/**
 * The engine keeps its end of these pipes open until the exec has ended, so that a process that holds one is of this exec.
 * Without the program readlink there are none, and on a terminal none are needed: the kernel hangs up on whoever stays.
 */
const announcing = [
  '{ read -r l </proc/$$/stat; } 2>/dev/null',
  'o=$(readlink /proc/$$/fd/1 2>/dev/null) e=$(readlink /proc/$$/fd/2 2>/dev/null)',
  'echo "$0 $l $0 $o $e $0" >&2',
  'unset l o e; ',
].join('; ');

/** The words that announce themselves between `nonce`s on stderr and then run `script` with `words` as its `$@`. */
export const announced = (nonce: string, script: string, words: readonly string[] = []): string[] => [
  'sh',
  '-c',
  `${announcing}${script}`,
  nonce,
  ...words,
];

/** Reads what `announced` printed, from the first nonce to before the last one. */
export function parseAnnouncement(line: string, nonce: string): Announcement {
  const [, stat = '', held = ''] = line.split(nonce).map(part => part.trim());
  const pid = Number(/^\d+(?= \()/.exec(stat)?.[0]);
  // The program's name, in parentheses, may hold parentheses and blanks itself.
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const isKnown = Number.isSafeInteger(pid) && pid > 1 && /^\d+$/.test(startTicks);
  const pipes = [...new Set(held.match(/pipe:\[\d+\]/g) ?? [])];
  return { process: isKnown ? { pid, startTicks, pipes } : undefined };
}

/**
 * `sh -c SCRIPT sh SIGNAL PID TICKS PIPE…`. Signals the process group that PID leads, else PID alone. Where PID has ended,
 * it signals those of its group that hold one of the pipes; where PID is another process by now, nobody.
 */
const script = [
  'n=$1 p=$2 t=$3; shift 3; held=" $* ";',
  'if { read -r l </proc/$p/stat; } 2>/dev/null; then',
  'set -- ${l##*) };',
  '[ "${20}" = "$t" ] || exit 0;',
  'if [ "$3" = "$p" ]; then kill -$n -$p; else kill -$n $p; fi; exit 0; fi;',
  'for f in /proc/[0-9]*; do',
  '{ read -r l <$f/stat; } 2>/dev/null || continue;',
  'set -- ${l##*) };',
  '[ "$3" = "$p" ] && [ "$4" = "$p" ] || continue;',
  'for d in 0 1 2; do',
  'case "$held" in *" $(readlink $f/fd/$d) "*) kill -$n ${f#/proc/}; break;; esac;',
  'done; done 2>/dev/null',
].join(' ');

/** The words that send `signal` to a program and the processes it started, when run in the same container. */
export const signalWords = ({ pid, startTicks, pipes }: ContainerProcess, signal: RemoteSignal): string[] => [
  'sh',
  '-c',
  script,
  'sh',
  signal,
  pid.toString(),
  startTicks,
  ...pipes,
];
