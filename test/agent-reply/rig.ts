// The shipped words and a small house of agents, for tests of the command parser.
import { readAnswer } from '../../plugins/agent-reply/block.ts'
import type { Answer } from '../../plugins/agent-reply/block.ts'
import { loadVocabulary } from '../../plugins/agent-reply/vocabulary.ts'

export const vocabulary = loadVocabulary()

/** Reads the new words of an agent's mail. */
export function answer(text: string, agentName = 'Анна Смирнова'): Answer {
  return readAnswer(text, { vocabulary, agentName })
}

/** Commands as `id: value`, for short expectations. */
export function commands(text: string, agentName?: string): readonly string[] {
  return answer(text, agentName).commands.map(
    (c) => `${c.spec.id}${c.fault ? ` !${c.fault}` : ''}${c.value === null ? '' : `: ${c.value}`}`,
  )
}
