package flows_test

import (
	"strings"
	"testing"

	"github.com/amgen/amgen/flows"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// What a model lacks is said by all that take one, before anything is computed.
func TestModelIsWhole(t *testing.T) {
	backend, action := testBackend(t), flows.MLP{}.Action()
	for _, test := range []struct {
		model flows.Model
		words string
	}{
		{flows.Model{Path: flows.Linear{}, Objective: flows.ActionMatching{}}, "set Model.Action"},
		{flows.Model{Action: action, Objective: flows.ActionMatching{}}, "set Model.Path"},
		{flows.Model{Action: action, Path: flows.Linear{}}, "set Model.Objective"},
		{flows.Model{Action: action, Path: onlySamples{}, Objective: flows.FlowMatching{}}, "path linear doesn't know"},
		{flows.Model{Action: action, Path: flows.Linear{}, Objective: flows.DenoisingScoreMatching{}}, "use path vp"},
	} {
		_, training := flows.NewTrainer(backend, mlcontext.New(), test.model, flows.TrainerConfig{})
		_, sampling := flows.NewSampler(backend, mlcontext.New(), test.model)
		_, likelihood := flows.NewLikelihood(backend, mlcontext.New(), test.model, flows.LikelihoodOptions{})
		for _, err := range []error{training, sampling, likelihood} {
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("error %v, want one that mentions %q", err, test.words)
			}
		}
	}
}
