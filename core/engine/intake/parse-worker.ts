// The thread that reads mails for parse-pool.ts: one request, one answer.
import { parentPort } from 'node:worker_threads'
import { parseAnswer } from './parse-answer.ts'
import type { ParseRequest } from './parse-answer.ts'

parentPort?.on('message', (request: ParseRequest) => parentPort?.postMessage(parseAnswer(request)))
