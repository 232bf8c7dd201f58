/** `T` with members that may be assigned: for a record that one module keeps to itself and changes in place. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
