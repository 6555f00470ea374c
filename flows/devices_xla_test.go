//go:build xla

package flows_test

import (
	"testing"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/gomlx/gomlx/backends"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"
)

// devices opens XLA on so many virtual devices of the CPU.
func devices(t *testing.T, n int) backends.Backend {
	t.Helper()
	choice, err := engine.Parse("xla:cpu")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := choice.Open(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Backend.Finalize)
	return opened.Backend
}

// A step on several devices is the step on one at the same global batch, its random noise and times included, with the
// examples sent or resident, in one piece or several.
func TestDevicesShareABatch(t *testing.T) {
	fit := func(n int, cfg flows.TrainerConfig) ([]flows.Step, *mlcontext.Context) {
		cfg.Devices = n
		backend, vars := devices(t, n), mlcontext.New()
		var log []flows.Step
		cfg.OnStep = func(s flows.Step) error {
			log = append(log, s)
			return nil
		}
		trainer, err := flows.NewTrainer(backend, vars, plain(flows.MLP{Hidden: []int{16, 16}}.Action(),
			flows.Linear{}), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := trainer.Run(t.Context(), newListed(t), 8); err != nil {
			t.Fatal(err)
		}
		return log, vars
	}
	for _, c := range []struct {
		name string
		cfg  func(*flows.TrainerConfig)
	}{
		{"sent", func(*flows.TrainerConfig) {}},
		{"resident", func(c *flows.TrainerConfig) { c.Resident = true }},
		{"accumulated", func(c *flows.TrainerConfig) { c.Resident, c.Accumulate = true, 2 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := everything()
			c.cfg(&cfg)
			want, one := fit(1, cfg)
			for _, n := range []int{2, 3} {
				got, several := fit(n, cfg)
				near(t, got, want, values(t, several), values(t, one), 2e-5)
			}
		})
	}
}

// On several devices each example meets its own label.
func TestDevicesShareLabels(t *testing.T) {
	for _, cfg := range []flows.TrainerConfig{{}, {Resident: true}, {Resident: true, Accumulate: 2}} {
		cfg.Devices, cfg.LabelDropout = 2, -1
		for i, loss := range labelLoss(t, devices(t, 2), newSorted(3, 30, 12), 3, cfg, labelsOff) {
			if loss != 0 {
				t.Errorf("%+v: step %d: labels are off by %g", cfg, i+1, loss)
			}
		}
	}
}
