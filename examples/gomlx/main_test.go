package main

import (
	"bytes"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// printed runs the program and reads what it prints.
func printed(t *testing.T, options string, steps int) (losses []float64, accuracy float64) {
	t.Helper()
	var out bytes.Buffer
	if err := run(&out, options, steps); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var step int
		var loss float64
		if _, err := fmt.Sscanf(line, "step %d  loss %g\n", &step, &loss); err == nil {
			if losses = append(losses, loss); step != len(losses)*steps/10 {
				t.Errorf("line %d is of step %d", len(losses), step)
			}
		} else if _, err := fmt.Sscanf(line, "accuracy on 500 other images: %g\n", &accuracy); err != nil {
			t.Errorf("printed %q", line)
		}
	}
	if len(losses) != 10 {
		t.Fatalf("%d losses in\n%s", len(losses), &out)
	}
	return losses, accuracy
}

// The loss of a guess is ln 2. After training the network knows the direction of nearly all images; the labels are
// exact.
func TestLearns(t *testing.T) {
	losses, accuracy := printed(t, "", 200)
	if !(losses[0] < math.Ln2 && losses[9] < losses[0]/10) {
		t.Errorf("losses %v don't fall", losses)
	}
	if !(accuracy >= 0.99) {
		t.Errorf("accuracy %g", accuracy)
	}
}

// The number of workers changes no bit, so it changes no loss that is printed.
func TestWorkers(t *testing.T) {
	one, _ := printed(t, "workers=1", 30)
	if three, _ := printed(t, "workers=3", 30); !slices.Equal(one, three) {
		t.Errorf("losses %v by one worker, %v by three", one, three)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		options string
		steps   int
	}{{"", 0}, {"workers=0", 10}, {"turbo", 10}} {
		if err := run(&bytes.Buffer{}, c.options, c.steps); err == nil {
			t.Errorf("options %q, %d steps: no error", c.options, c.steps)
		}
	}
}

// The example is a program of anyone's: of this module it needs the backend alone.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	const module = "github.com/amgen/amgen/"
	backend := false
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		switch rest, ours := strings.CutPrefix(name, module); {
		case !ours, rest == "examples/gomlx":
		case rest == "backends/simd" || strings.HasPrefix(rest, "backends/simd/internal/"):
			backend = true
		default:
			t.Errorf("imports %s", name)
		}
	}
	if !backend {
		t.Error("doesn't import the backend")
	}
}
