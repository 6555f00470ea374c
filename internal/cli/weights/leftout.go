package weights

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/weights"
)

// leftOut says what of a file became neither parameters nor average, a text for each kind.
func leftOut(found []*dictionary, used []*dictionary, rest []weights.Tensor,
	values []weights.LeftOut) (texts []string) {
	for _, d := range found {
		if !slices.Contains(used, d) {
			texts = append(texts, d.String())
		}
	}
	texts = append(texts, beginnings(rest)...)
	return append(texts, objects(values)...)
}

// objects says what a PyTorch file holds beside tensors, numbers and texts.
func objects(values []weights.LeftOut) (texts []string) {
	for _, v := range values {
		text := fmt.Sprintf("%s (%s)", term.Shown(v.Name), term.Shown(v.What))
		if v.Tensors > 1 || v.Tensors == 1 && !strings.HasPrefix(v.What, "a tensor") {
			text += fmt.Sprintf(" with %d tensors", v.Tensors)
		}
		texts = append(texts, text)
	}
	return texts
}

// beginnings counts tensors by the first part of their names.
func beginnings(list []weights.Tensor) (texts []string) {
	counts := map[string]int{}
	for _, t := range list {
		first, _, nested := strings.Cut(t.Name, ".")
		if nested {
			first += "."
		}
		counts[first]++
	}
	for _, first := range slices.Sorted(maps.Keys(counts)) {
		if strings.HasSuffix(first, ".") {
			texts = append(texts, fmt.Sprintf("%d tensors under %s", counts[first], term.Shown(first)))
		} else {
			texts = append(texts, term.Shown(first))
		}
	}
	return texts
}

// few joins the first of some texts.
func few(texts []string) string {
	const most = 8
	if more := len(texts) - most; more > 0 {
		texts = append(slices.Clone(texts[:most]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}
