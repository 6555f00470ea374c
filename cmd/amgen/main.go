// Command amgen trains action models by Action Matching, samples from them and evaluates them.
package main

import (
	"os"

	"github.com/amgen/amgen/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
