package draw_test

import (
	"math"
	"strings"
	"testing"

	"github.com/amgen/amgen/run/draw"
)

// A tenth of the samples has to count: of 100, of which k have all the weight, the effective size is k.
func TestThinWeights(t *testing.T) {
	for k, thin := range map[int]bool{1: true, 9: true, 11: false, 100: false} {
		logWeights := make([]float64, 100)
		for i := k; i < len(logWeights); i++ {
			logWeights[i] = math.Inf(-1)
		}
		err := draw.CheckWeights(logWeights)
		if (err != nil) != thin {
			t.Errorf("%d of 100: %v", k, err)
		}
		if thin && (!strings.Contains(err.Error(), "WARNING") || !strings.Contains(err.Error(), "growth_cost")) {
			t.Error(err)
		}
	}
	if err := draw.CheckWeights(nil); err != nil {
		t.Error(err)
	}
	if err := draw.CheckWeights([]float64{math.NaN(), 0}); err == nil {
		t.Error("NaN: no error")
	}
}

// The mass of samples may be off by half of the measured one.
func TestMassOff(t *testing.T) {
	for mass, off := range map[float64]bool{0.16: true, 0.9: true, 1.1: false, 2: false, 2.9: false, 3.1: true} {
		err := draw.CheckMass([]float64{math.Log(mass), math.Log(mass)}, 2, "day 7")
		if (err != nil) != off {
			t.Errorf("%g of 2: %v", mass, err)
		}
		if off && !strings.Contains(err.Error(), "WARNING: at day 7") {
			t.Error(err)
		}
	}
}
