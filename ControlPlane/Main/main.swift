import Support

await ControlPlaneCommand.main()
