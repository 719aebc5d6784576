#!/usr/bin/env node
console.log("tallyd", process.version, process.argv.slice(2));
