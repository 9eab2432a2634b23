import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import { translateBy } from '../../view/translation';
import { words } from '../words';

export type Words = typeof words;
/** Our texts, in the user's language once this is had. */
export const IWords = new Token<Words>('syncline-lab:IWords', 'The texts of Syncline.');

/** Texts in the language that JupyterLab has. */
export const translation: JupyterFrontEndPlugin<Words> = {
  id: 'syncline-lab:translation',
  description: "Puts Syncline's texts into the language of JupyterLab.",
  autoStart: true,
  optional: [ITranslator],
  provides: IWords,
  activate: (_, translator: ITranslator | null) => {
    if (translator) translateBy(translator.load('syncline'));
    return words;
  },
};
