// Package classes has the classes of images that a run learns, and how often samples take each.
package classes

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/amgen/amgen/internal/terminal"
)

// Classes are those that a run learns to tell apart. Class i is told to the network as the number i.
type Classes struct {
	Names []string `json:"names"`
	// Counts are the images of each class in the training split; nil where they aren't known.
	Counts []int `json:"counts"`
}

// Len is the number of classes.
func (c *Classes) Len() int { return len(c.Names) }

// Frequencies are the shares of the classes in the training split, which sum to 1; all alike where its counts aren't
// known.
func (c *Classes) Frequencies() []float64 {
	shares := make([]float64, c.Len())
	total := c.total()
	for i := range shares {
		shares[i] = float64(c.count(i)) / float64(total)
	}
	return shares
}

func (c *Classes) count(i int) int {
	if c.Counts == nil {
		return 1
	}
	return c.Counts[i]
}

func (c *Classes) total() (n int) {
	for i := range c.Names {
		n += c.count(i)
	}
	return n
}

// goldenTurn is 2⁶⁴ times the golden ratio's fraction. Its multiples mod 2⁶⁴ are evenly spread, each number of them.
const goldenTurn = 0x9e3779b97f4a7c15

// Of is the class of sample k where none is asked for: the frequencies' class at (k + 1)·φ mod 1, φ the golden ratio.
// So any run of samples has each class about as often as the training split, and sample k the same one always.
func (c *Classes) Of(k int) int32 {
	at, _ := bits.Mul64((uint64(k)+1)*goldenTurn, uint64(c.total()))
	left := int(at)
	for i := range c.Names {
		if left -= c.count(i); left < 0 {
			return int32(i)
		}
	}
	return int32(c.Len() - 1) // never: at is below the total
}

// Listed are names in one line, cut where there are many.
func Listed(names []string) string {
	const most = 12
	if len(names) == 0 {
		return "none"
	}
	var words []string
	for _, name := range names[:min(most, len(names))] {
		words = append(words, terminal.Word(name))
	}
	if len(names) > most {
		words = append(words, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(words, ", ")
}

// Check returns an error unless there is a count of each class, and their sum is one of images.
func (c *Classes) Check() error {
	if len(c.Counts) != len(c.Names) {
		return fmt.Errorf("%d counts of %d classes", len(c.Counts), len(c.Names))
	}
	const most = 1 << 40
	total := 0
	for _, n := range c.Counts {
		if n < 0 || n > most-total {
			return fmt.Errorf("a count of %d images", n)
		}
		total += n
	}
	if total == 0 {
		return fmt.Errorf("no image in %d classes", len(c.Names))
	}
	return nil
}
