/** Program of one rank of a training: started by the training service, or by hand and by Kubernetes, see `--help`. */
import { runFromEnvironment } from './from-environment';
import { runFromParent } from './from-parent';

void (process.send === undefined ? runFromEnvironment() : runFromParent());
