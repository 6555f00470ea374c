// Command amgen trains action models by Action Matching and samples from them.
package main

import (
	"os"

	"github.com/amgen/amgen/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
