package flags

import (
	"fmt"
	"strings"
)

// meanings explains names that the help of a setting lists, by the setting's key. Other names explain themselves.
var meanings = map[string]map[string]string{
	"objective": {"am": "Action Matching", "eam": "with noise", "uam": "unbalanced: with growth", "euam": "with both",
		"fm": "flow matching", "dsm": "denoising score matching, on --path vp", "ssm": "sliced score matching"},
	"estimator": {"auto": "pathwise where the path's velocity is known", "pathwise": "low variance",
		"boundary": "the paper's, high variance on images", "dice": "from samples at even times, without ∂ₜs"},
	"weight": {"auto": "linear-decay for boundary without growth, else constant", "constant": "1",
		"linear-decay": "1−t", "cubic-rise": "t³", "cubic-decay": "(1−t)³"},
	"path": {"vp": "variance-preserving diffusion", "torus": "all from noise", "color": "from grey",
		"superres": "from low resolution", "inpaint": "from half an image"},
	"times": {"weyl": "spread evenly over a batch", "uniform": "independent",
		"adaptive": "more where the loss is noisy"},
	"action": {"inner-product": "⟨h, x⟩", "quadratic": "−½‖h − x‖²", "distance": "½‖x − h‖²",
		"sum": "sum of all h"},
	"coupling": {"exact": "optimal transport between whole snapshots", "ot": "optimal transport within each batch",
		"independent": "at random", "unbalanced": "mass moves, grows and dies at the least cost"},
	"fit": {"crop": "scale the shorter side and cut the longer", "pad": "scale the longer side and add black bars",
		"stretch": "scale each side by itself"},
	"lr_decay": {"cosine": "to a hundredth"},
}

// glosses are the names of a setting's values with what they mean.
func glosses(key string, names []string) (list []string) {
	for _, name := range names {
		if meaning := meanings[key][name]; meaning != "" {
			name = fmt.Sprintf("%s (%s)", name, meaning)
		}
		list = append(list, name)
	}
	return list
}

// glossed lists the names of a setting's values with what they mean, and the first of them as the default.
func glossed(key string, names []string) string {
	return fmt.Sprintf("%s (default %s)", strings.Join(glosses(key, names), ", "), names[0])
}
