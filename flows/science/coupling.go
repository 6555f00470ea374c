package science

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/amgen/amgen/internal/transport"
)

// Coupling pairs the cells that a batch has of two neighbouring times.
type Coupling int

const (
	// OptimalTransport pairs them so that the sum of squared distances is least, exactly: an assignment for each
	// batch. Tong et al., Improving and generalizing flow-based generative models with minibatch optimal transport,
	// 2024.
	OptimalTransport Coupling = iota

	// Independent pairs them at random.
	Independent

	// Unbalanced pairs them by the plan of the Wasserstein–Fisher–Rao metric, in which mass moves, grows and dies. A
	// pair is joined by a geodesic that carries mass, see package wfr; the path then needs growth to be learned.
	Unbalanced

	// ExactTransport pairs them by the optimal plan between the whole snapshots, which is found once; of snapshots
	// with more than a million pairs by that between sampled cells, which are drawn again from time to time.
	ExactTransport
)

var couplings = []string{"ot", "independent", "unbalanced", "exact"}

// CouplingNames lists what [CouplingByName] knows, the zero value first.
func CouplingNames() []string { return couplings[:len(couplings):len(couplings)] }

// CouplingByName returns a coupling, or an error that lists what exists.
func CouplingByName(name string) (Coupling, error) {
	for i, known := range couplings {
		if known == name {
			return Coupling(i), nil
		}
	}
	return 0, fmt.Errorf("science: unknown coupling %q; choose one of %s", name, strings.Join(couplings, ", "))
}

// String is the name of the coupling.
func (c Coupling) String() string {
	if c.check() != nil {
		return fmt.Sprintf("Coupling(%d)", int(c))
	}
	return couplings[c]
}

func (c Coupling) check() error {
	if c < 0 || int(c) >= len(couplings) {
		return fmt.Errorf("science: unknown coupling %d; use OptimalTransport, Independent, Unbalanced or "+
			"ExactTransport", int(c))
	}
	return nil
}

// pair returns the number in to of the partner of each cell in from; there are as many of both.
func (c Coupling) pair(rng *rand.Rand, dim int, from, to []float64) []int {
	n := len(from) / dim
	if c == Independent {
		return rng.Perm(n)
	}
	match, _ := transport.Assign(n, transport.Euclidean(dim, 2, from, to))
	return match
}

// choose draws count cells, each as often as the others or once more, in random order.
func choose(rng *rand.Rand, cells []float64, dim, count int) []float64 {
	out := make([]float64, 0, count*dim)
	for len(out) < count*dim {
		for _, i := range rng.Perm(len(cells) / dim) {
			if len(out) == count*dim {
				break
			}
			out = append(out, cells[i*dim:(i+1)*dim]...)
		}
	}
	return out
}

func identity(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
