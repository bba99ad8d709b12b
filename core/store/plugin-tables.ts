// Where plugins add the types of their tables by declaration merging:
//   declare module 'postern/plugin' { interface PluginTables { greeter_greetings: { case_id: string; at: number } } }

/** Tables of plugins, by name. */
// Empty by itself: it is there to be merged into.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface PluginTables {}
