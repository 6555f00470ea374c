package optimizer

import (
	"fmt"
	"strings"
)

// Rule is how a gradient becomes a step.
type Rule int

const (
	// Adam has β 0.9 and 0.999 and ε 1e-8. Kingma, Ba 2015.
	Adam Rule = iota
	// Muon takes the nearest orthogonal matrix to a matrix's gradient with momentum, and Adam for parameters that
	// are no matrices. Jordan et al. 2024.
	Muon
)

var ruleNames = []string{Adam: "adam", Muon: "muon"}

// String returns the name used in configuration files.
func (r Rule) String() string {
	if r < 0 || int(r) >= len(ruleNames) {
		return fmt.Sprintf("Rule(%d)", int(r))
	}
	return ruleNames[r]
}

// RuleNames lists the rules that [RuleByName] knows, the default first.
func RuleNames() []string { return append([]string{}, ruleNames...) }

// RuleByName returns a rule, or an error that lists what exists.
func RuleByName(name string) (Rule, error) {
	for i, known := range ruleNames {
		if name == known {
			return Rule(i), nil
		}
	}
	return 0, fmt.Errorf("optimizer: unknown optimizer %q; choose one of %s", name, strings.Join(ruleNames, ", "))
}
