/** The commands and flags to complete. The build makes it of the manifest, so that a completion reads one small file. */

export interface CompletedFlag {
  readonly name: string;
  readonly char?: string | undefined;
  /** False: it takes a value. */
  readonly isBoolean: boolean;
  /** The values that it takes, where they are few. */
  readonly options?: readonly string[] | undefined;
  /** Name of its value in the help, e.g. `FILE`. */
  readonly value?: string | undefined;
  readonly isMultiple: boolean;
}

export interface CompletedCommand {
  /** Its words, e.g. `config set`. */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Names of its arguments, the last of which repeats where `isOpenEnded`. */
  readonly args: readonly { readonly name: string; readonly options?: readonly string[] | undefined }[];
  readonly isOpenEnded: boolean;
}

interface ManifestFlag {
  readonly name: string;
  readonly char?: string;
  readonly type: string;
  readonly options?: readonly string[];
  readonly helpValue?: string | readonly string[];
  readonly multiple?: boolean;
  readonly hidden?: boolean;
}

interface Manifest {
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly hidden?: boolean;
        readonly summary?: string;
        readonly strict?: boolean;
        readonly flags: Readonly<Record<string, ManifestFlag>>;
        readonly args: Readonly<
          Record<string, { readonly name: string; readonly options?: readonly string[] }>
        >;
      }
    >
  >;
}

/** The commands of oclif's manifest. */
export function specOf(manifest: Manifest): CompletedCommand[] {
  return Object.entries(manifest.commands)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([id, { summary = '', strict, flags, args }]) => ({
      name: id.replaceAll(':', ' '),
      summary,
      flags: Object.values(flags)
        .filter(({ hidden }) => hidden !== true)
        .map(({ name, char, type, options, helpValue, multiple = false }) => ({
          name,
          char,
          isBoolean: type === 'boolean',
          options,
          value: typeof helpValue === 'string' ? helpValue : undefined,
          isMultiple: multiple,
        })),
      args: Object.values(args).map(({ name, options }) => ({ name, options })),
      isOpenEnded: strict === false,
    }));
}
